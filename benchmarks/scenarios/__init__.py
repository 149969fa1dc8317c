"""Built clips of every scenario of the design, with enrolled anchors and an archive: what the verdict makes of them."""
