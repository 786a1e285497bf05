resource "azurerm_virtual_network" "main" {
  name                = local.name
  location            = azurerm_resource_group.main.location
  resource_group_name = azurerm_resource_group.main.name
  address_space       = ["10.20.0.0/16"]
  tags                = local.tags
}

resource "azurerm_subnet" "nodes" {
  name                 = "nodes"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.20.0.0/20"]
}

resource "azurerm_subnet" "endpoints" {
  name                 = "endpoints"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.20.16.0/24"]
}

resource "azurerm_private_endpoint" "private" {
  for_each = {
    lake      = { id = azurerm_storage_account.lake.id, part = "dfs" }
    vault     = { id = azurerm_key_vault.main.id, part = "vault" }
    eventhubs = { id = azurerm_eventhub_namespace.main.id, part = "namespace" }
    postgres  = { id = azurerm_postgresql_flexible_server.main.id, part = "postgresqlServer" }
    openai    = { id = azurerm_cognitive_account.openai.id, part = "account" }
  }
  name                = "${local.name}-${each.key}"
  location            = azurerm_resource_group.main.location
  resource_group_name = azurerm_resource_group.main.name
  subnet_id           = azurerm_subnet.endpoints.id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.id
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }
}
