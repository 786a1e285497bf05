variable "stage" {
  description = "dev, staging or prod"
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.stage)
    error_message = "stage is dev, staging or prod."
  }
}

variable "region" {
  description = "Azure region of everything but the replica of the lake"
  type        = string
  default     = "westeurope"
}

variable "node_count" {
  description = "nodes of the general pool: at least, at most"
  type        = object({ minimum = number, maximum = number })
  default     = { minimum = 2, maximum = 6 }
}

variable "gpu_pool" {
  description = "whether a pool of GPU nodes exists, which scales to zero"
  type        = bool
  default     = false
}

variable "postgres_password" {
  description = "password of PostgreSQL's administrator; from the pipeline's secret store"
  type        = string
  sensitive   = true
}
