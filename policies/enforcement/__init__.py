"""Which policy applies when: the middleware, the question it asks, the pages a denied person sees."""
