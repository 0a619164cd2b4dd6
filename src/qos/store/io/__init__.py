"""The store on disk: one LMDB environment, one write transaction a block."""
