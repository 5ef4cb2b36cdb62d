"""The pages in a real Chromium: journeys of people, and what every page promises."""
