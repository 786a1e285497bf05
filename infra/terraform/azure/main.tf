# Lacquer on Azure: the lake in ADLS Gen2, the services on AKS, PostgreSQL, Event Hubs (Kafka), Key Vault, Azure OpenAI.
# Private endpoints only; storage is encrypted with AES-256 and replicated to a second region.
terraform {
  required_version = ">= 1.6"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

locals {
  name = "lacquer-${var.stage}"
  tags = { application = "lacquer", stage = var.stage }
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "main" {
  name     = local.name
  location = var.region
  tags     = local.tags
}
