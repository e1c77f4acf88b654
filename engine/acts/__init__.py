"""Acts: what one person did to many records at once, record by record, so that it can be looked at and taken back."""
