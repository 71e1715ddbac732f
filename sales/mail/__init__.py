"""What comes back for our mails: bounces, complaints, replies of machines and of people, told apart by rules."""
