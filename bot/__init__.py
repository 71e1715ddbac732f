"""What people see and press: Slack, Teams, the web console and the terminal. The only folder that knows them."""
