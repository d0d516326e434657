"""A validated warm standby for DataFax and DFdiscover servers."""
