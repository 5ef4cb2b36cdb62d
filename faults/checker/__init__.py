"""The checker: reads the database with plain SQL, the journals, the mail sink and the vault.

It imports nothing of the services, jobs or pages that it judges.
"""
