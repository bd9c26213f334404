"""Looking for malware in attachments."""
