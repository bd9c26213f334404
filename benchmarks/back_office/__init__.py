"""What the pages of the back office cost with years of use behind them."""
