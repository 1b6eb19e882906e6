"""What speaks to the outside: Stripe, files, jobs, mail, decoders. One file each."""
