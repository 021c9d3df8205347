"""What makes each type different, as code for a script of plain Keras; `registry` lists them."""
