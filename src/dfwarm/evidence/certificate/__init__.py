"""The certificate of a cycle: the page that a person reads, rendered from the statement; never the record itself."""
