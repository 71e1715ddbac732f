"""Salesforce: its objects read and written over the REST API, and read at first over the Bulk API 2.0."""
