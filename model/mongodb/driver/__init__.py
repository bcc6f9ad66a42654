"""The frame of the models on MongoDB: the client, collections, transactions, time-outs."""
