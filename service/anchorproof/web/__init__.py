"""The reviewers' page: a client of the service that speaks HTML to browsers. It decides nothing by itself."""
