# Lacquer on AWS: the lake in S3, the services on EKS, PostgreSQL on RDS, Kafka on MSK, keys in KMS.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { application = "lacquer", stage = var.stage }
  }
}

locals {
  name = "lacquer-${var.stage}"
}

resource "aws_kms_key" "main" {
  description             = "key of the lake, the databases and the brokers"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}
