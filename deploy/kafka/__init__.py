"""Real Apache Kafka on one machine, for tests and for whoever wants it locally."""
