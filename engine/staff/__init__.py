"""What administrators do with people: change them, invite them, read them in, let them go; each deed is in the audit trail."""
