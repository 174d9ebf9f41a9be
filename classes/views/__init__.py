"""Pages of classes: parse, one service call, render or go on."""
