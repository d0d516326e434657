"""The hands: processes, files, ledger, mail."""
