stage = "prod"
node_count = { minimum = 3, maximum = 12 }
gpu_pool   = true
