output "lake" {
  description = "address of the lake"
  value       = "s3://${aws_s3_bucket.lake.bucket}"
}

output "cluster" {
  description = "name of the cluster, for aws eks update-kubeconfig"
  value       = aws_eks_cluster.main.name
}
