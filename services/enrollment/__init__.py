"""Enrollment: programmes, partners, enterprises, trainings, sessions, visits and who took part."""
