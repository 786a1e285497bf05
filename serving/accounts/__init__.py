"""Who may use Lacquer: users, sessions, API keys, what each may do and see, and the audit log.

`tables` declares what the operational database holds, `identity` what somebody may do; `keys` are API keys; `users`,
`sessions` and `invitations` are local accounts; `audit` records what was changed by whom; `replies` keeps the answers
of requests with an idempotency key. Nothing here knows HTTP.
"""
