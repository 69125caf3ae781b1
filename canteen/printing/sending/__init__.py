"""From the queue to a printer: queue, worker, wires, agents."""
