"""Every arrangement of docs/sam.md with real SAM CLI and a real container engine; `make sam-matrix` runs it."""
