output "lake" {
  description = "address of the lake"
  value       = "abfss://${azurerm_storage_data_lake_gen2_filesystem.lake.name}@${azurerm_storage_account.lake.name}.dfs.core.windows.net"
}

output "cluster" {
  description = "name of the cluster, for az aks get-credentials"
  value       = azurerm_kubernetes_cluster.main.name
}

output "brokers" {
  description = "Kafka endpoint of Event Hubs, for LACQUER_KAFKA_BROKERS"
  value       = "${azurerm_eventhub_namespace.main.name}.servicebus.windows.net:9093"
}
