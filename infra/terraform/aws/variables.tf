variable "stage" {
  description = "dev, staging or prod"
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.stage)
    error_message = "stage is dev, staging or prod."
  }
}

variable "region" {
  description = "AWS region"
  type        = string
  default     = "eu-central-1"
}

variable "vpc_id" {
  description = "the VPC that everything stands in"
  type        = string
}

variable "private_subnets" {
  description = "private subnets, in at least two availability zones"
  type        = list(string)
}

variable "node_count" {
  description = "nodes of the general group: at least, at most"
  type        = object({ minimum = number, maximum = number })
  default     = { minimum = 2, maximum = 6 }
}
