"""What stands between a proposal and its effect: suppression, caps, verification, the gate, the kill switch; and the way out for who gets our mails."""
