"""Two settings over several seeds: is the difference more than luck?"""
