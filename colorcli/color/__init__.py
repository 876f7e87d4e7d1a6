"""Colour as CIE Lab: conversion, a scan's border, and enlarging what a network says."""
