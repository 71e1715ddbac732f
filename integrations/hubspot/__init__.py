"""HubSpot: CRM objects and engagements read and written, over its public API of version 3 and associations of version 4."""
