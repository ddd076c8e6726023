"""StressCampaigns: scheduled stress campaigns on Kubernetes, with a verdict that shows its evidence."""
