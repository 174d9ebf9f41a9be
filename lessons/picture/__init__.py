"""A cluster and a packet's way through it, as a picture and in words: what a browser only has to draw."""
