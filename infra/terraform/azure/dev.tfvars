stage = "dev"
node_count = { minimum = 1, maximum = 3 }
