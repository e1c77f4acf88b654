"""Words to values: the one expression language of Steerway, its checker, its evaluators and its explanations."""
