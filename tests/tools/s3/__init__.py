"""Parts of the strict S3 server with faults (../s3_server.py)."""
