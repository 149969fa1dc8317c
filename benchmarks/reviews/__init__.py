"""The reviewers' desk under load and under the axe: a queue of 100,000, and a service that is killed while deciding."""
