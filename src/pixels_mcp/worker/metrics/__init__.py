"""What a worker tells Prometheus: counted where the job store wrote an end, or looked up when it is asked."""
