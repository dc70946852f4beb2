//! Renewals of one access token by many, through crashes, full disks and refusals; an authorization server that rotates plays along.
