"""The engine, asked through Celery: what is asked, who answers it, and where the answer is kept."""
