"""The packs of the suite: contracts of vendors. Their data is in `specs/NAME/`, their code is here."""
