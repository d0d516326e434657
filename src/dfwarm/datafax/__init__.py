"""What the files of a DataFax study mean: pure readers, bytes in, values out."""
