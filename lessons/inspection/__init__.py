"""What a device of the picture holds, and which of its lines a packet used."""
