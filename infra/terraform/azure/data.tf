resource "azurerm_storage_account" "lake" {
  name                              = replace(local.name, "-", "")
  location                          = azurerm_resource_group.main.location
  resource_group_name               = azurerm_resource_group.main.name
  account_tier                      = "Standard"
  account_replication_type          = var.stage == "prod" ? "GZRS" : "LRS"
  is_hns_enabled                    = true
  infrastructure_encryption_enabled = true
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  public_network_access_enabled     = false
  shared_access_key_enabled         = false
  tags                              = local.tags

  blob_properties {
    delete_retention_policy {
      days = 30
    }
  }
}

resource "azurerm_storage_data_lake_gen2_filesystem" "lake" {
  name               = "lake"
  storage_account_id = azurerm_storage_account.lake.id
}

resource "azurerm_postgresql_flexible_server" "main" {
  name                          = local.name
  location                      = azurerm_resource_group.main.location
  resource_group_name           = azurerm_resource_group.main.name
  version                       = "16"
  administrator_login           = "lacquer"
  administrator_password        = var.postgres_password
  sku_name                      = var.stage == "prod" ? "GP_Standard_D4ds_v5" : "B_Standard_B2s"
  storage_mb                    = 65536
  backup_retention_days         = 30
  geo_redundant_backup_enabled  = var.stage == "prod"
  public_network_access_enabled = false
  tags                          = local.tags

  lifecycle {
    ignore_changes = [zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "each" {
  for_each  = toset(["lacquer", "dagster", "mlflow"])
  name      = each.key
  server_id = azurerm_postgresql_flexible_server.main.id
}

resource "azurerm_eventhub_namespace" "main" {
  name                          = local.name
  location                      = azurerm_resource_group.main.location
  resource_group_name           = azurerm_resource_group.main.name
  sku                           = "Standard"
  capacity                      = 2
  public_network_access_enabled = false
  tags                          = local.tags
}

resource "azurerm_eventhub" "stream" {
  for_each          = toset(["signals", "feedback", "erp"])
  name              = each.key
  namespace_id      = azurerm_eventhub_namespace.main.id
  partition_count   = 8
  message_retention = 7
}

resource "azurerm_key_vault" "main" {
  name                          = local.name
  location                      = azurerm_resource_group.main.location
  resource_group_name           = azurerm_resource_group.main.name
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  sku_name                      = "standard"
  purge_protection_enabled      = true
  rbac_authorization_enabled    = true
  public_network_access_enabled = false
  tags                          = local.tags
}

resource "azurerm_cognitive_account" "openai" {
  name                          = "${local.name}-openai"
  location                      = azurerm_resource_group.main.location
  resource_group_name           = azurerm_resource_group.main.name
  kind                          = "OpenAI"
  sku_name                      = "S0"
  custom_subdomain_name         = local.name
  public_network_access_enabled = false
  tags                          = local.tags
}
