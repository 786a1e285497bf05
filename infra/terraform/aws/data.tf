resource "aws_s3_bucket" "lake" {
  bucket_prefix = "${local.name}-lake-"
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_db_subnet_group" "main" {
  name       = local.name
  subnet_ids = var.private_subnets
}

resource "aws_db_instance" "main" {
  identifier                  = local.name
  engine                      = "postgres"
  engine_version              = "16"
  instance_class              = var.stage == "prod" ? "db.m7g.xlarge" : "db.t4g.medium"
  allocated_storage           = 64
  db_name                     = "lacquer"
  username                    = "lacquer"
  manage_master_user_password = true
  storage_encrypted           = true
  kms_key_id                  = aws_kms_key.main.arn
  multi_az                    = var.stage == "prod"
  backup_retention_period     = 30
  deletion_protection         = var.stage == "prod"
  db_subnet_group_name        = aws_db_subnet_group.main.name
  vpc_security_group_ids      = [aws_security_group.internal.id]
  final_snapshot_identifier   = "${local.name}-last"
}

resource "aws_security_group" "internal" {
  name_prefix = "${local.name}-"
  description = "databases and brokers, reached by the nodes only"
  vpc_id      = var.vpc_id

  ingress {
    description     = "PostgreSQL"
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_eks_cluster.main.vpc_config[0].cluster_security_group_id]
  }

  ingress {
    description     = "Kafka over TLS"
    from_port       = 9094
    to_port         = 9098
    protocol        = "tcp"
    security_groups = [aws_eks_cluster.main.vpc_config[0].cluster_security_group_id]
  }
}

resource "aws_msk_serverless_cluster" "main" {
  cluster_name = local.name

  vpc_config {
    subnet_ids         = var.private_subnets
    security_group_ids = [aws_security_group.internal.id]
  }

  client_authentication {
    sasl {
      iam {
        enabled = true
      }
    }
  }
}
