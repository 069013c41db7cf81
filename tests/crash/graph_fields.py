"""What the fields of the reference graph's events are: the part that the policies of tests have in common."""

GRAPH_FIELDS = """
categories: [user.loyalty, user.subscription, user.privacy_request]
fields:
  account_id: user.unique_id
  parent_id: user.unique_id
  version: system.operations
  banner: system.operations
  jurisdiction: user.location.coarse
  consent: user.privacy_preferences
  previous_consent: user.privacy_preferences
  created_at: user.account
  tier: user.loyalty
  previous_tier: user.loyalty
  change: user.subscription
  subscription_id: user.subscription
  plan: user.subscription
  previous_plan: user.subscription
  status: user.subscription
  previous_status: user.subscription
  request_id: user.privacy_request
  reason: user.privacy_request
  requested_at: user.privacy_request
"""
