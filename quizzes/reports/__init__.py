"""What learners say is wrong with a question, and what comes of it."""
